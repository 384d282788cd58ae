"""Sound: coding, framing, levels, and telling speech from silence; pure, no clock and no device."""
