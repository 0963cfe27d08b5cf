-- When a pause is meant to end: for people to read, nothing ends by itself.

alter table pauses add column planned_end timestamptz;
