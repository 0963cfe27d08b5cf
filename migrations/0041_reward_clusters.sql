-- Accounts that were held to be one person's, and why: what facts of the office name as their evidence.

create table reward_clusters (
  campaign text collate "C" not null,
  -- SHA-256 of the cluster's canonical JSON.
  evidence text not null,
  body jsonb not null,
  found_at timestamptz not null,
  constraint a_cluster_is_kept_once primary key (campaign, evidence),
  constraint a_cluster_is_of_a_campaign foreign key (campaign) references reward_campaigns (id)
);

create trigger clusters_are_never_rewritten before update or delete or truncate on reward_clusters
  for each statement execute function refuse();
