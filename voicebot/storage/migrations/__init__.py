"""How the tables came to be, one revision a file; `voicebot db upgrade` applies what is missing."""
