-- Old answers are found by their ids, which are made in the order of time.
drop index r_replay_at;
