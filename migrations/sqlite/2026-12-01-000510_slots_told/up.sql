-- When the waiting list was told of the slot: however often it is booked and given back, once a day.
ALTER TABLE slots ADD COLUMN told_at INTEGER;
