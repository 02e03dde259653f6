-- When whoever broke the glass had signed in: beyond the first few of a day, each needs a sign-in of its own.
ALTER TABLE break_glass_accesses ADD COLUMN signed_in_at INTEGER;
