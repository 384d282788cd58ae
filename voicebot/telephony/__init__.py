"""Twilio's side of the house: webhooks, Media Streams, signatures, REST."""
