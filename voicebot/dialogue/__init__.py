"""What to say next: the frame of what is known, and the policies that fill it."""
