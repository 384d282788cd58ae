"""The human side: transfers, queues, callbacks, opening hours."""
