-- Whether a transfer ever held a slot, dead ones too: asked of all that wait whenever payouts are planned.

create index slots_by_transfer on slots (transfer);
