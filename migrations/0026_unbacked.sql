-- Deposits that a chain took back when they were being paid already, or were paid: few, and looked for often.

create index deposits_taken_back_late on events (transfer)
  where key like 'Vanished:%:late' or key like 'TakenBack:%:late';
