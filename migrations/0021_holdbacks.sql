-- Until when the bridge's limits hold a ready transfer back, and which limit it is; past its time a row says nothing.

create table holdbacks (
  transfer text collate "C" not null,
  release_at timestamptz not null,
  rule text not null,
  constraint a_transfer_is_held_back_once primary key (transfer)
);

create index slots_by_time on slots (taken_at);
