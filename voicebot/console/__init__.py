"""Web pages for supervisors and operators."""
