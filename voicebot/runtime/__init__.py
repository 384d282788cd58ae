"""The only place with threads and clocks: drives calls and performs their actions."""
