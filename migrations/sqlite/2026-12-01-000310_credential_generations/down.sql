ALTER TABLE accounts DROP COLUMN generation;
