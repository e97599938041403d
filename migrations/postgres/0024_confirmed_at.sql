-- When what is kept about a person was last told or confirmed: after a year they are asked whether it is still right. 0: not known.
ALTER TABLE customers ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;
