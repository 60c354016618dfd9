-- Whether the gate did not admit the image and a reader overruled it: nothing is known of how good the answer is then.
ALTER TABLE cases ADD COLUMN overruled INTEGER NOT NULL DEFAULT 0 CHECK (overruled IN (0, 1));
