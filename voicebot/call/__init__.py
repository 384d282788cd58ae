"""One phone call as a pure machine: events go in, actions come out."""
