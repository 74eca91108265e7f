-- How often kept text was replaced: an index of the text before is an index of something else.
ALTER TABLE account ADD COLUMN texts INTEGER NOT NULL DEFAULT 0;
