"""What to say next: tasks that name what is missing, the question that stands, repair, wordings."""
