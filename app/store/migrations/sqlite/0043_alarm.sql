-- Of those in front (0035) the urgent ones come first: 2^53 less again.
UPDATE tickets SET queue_at = queue_at - 9007199254740992 WHERE in_front = 1 AND priority >= 2 AND queue_at < -9007199254740992;
