"""The business: orders, shipments, refunds, identity."""
