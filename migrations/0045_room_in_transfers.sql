-- A transfer's row doubles on its way from seen to paid. New rows keep out of old pages that have room for one as it
-- begins: each of them would be one more page to write to the log whole, and again when the row outgrows it.

alter table transfers set (fillfactor = 90);
