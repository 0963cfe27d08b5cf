-- A plan may need several signatures: on Bitcoin each input has its own.

drop trigger a_plan_never_changes on plans;

alter table plans add column messages bytea[];
update plans set messages = array[message];
alter table plans alter column messages set not null;
alter table plans drop column message;
alter table plans add constraint a_plan_has_something_to_sign check (cardinality(messages) > 0);

create trigger a_plan_never_changes before update on plans for each row
  when (
    (new.id, new.chain, new.payouts, new.terms, new.slots, new.attempt, new.messages)
      is distinct from (old.id, old.chain, old.payouts, old.terms, old.slots, old.attempt, old.messages)
    or new.replaces is distinct from old.replaces
  ) execute function refuse();
