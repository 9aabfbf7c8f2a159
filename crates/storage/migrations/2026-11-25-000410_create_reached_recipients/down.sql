drop table reached_recipients, reached_counts;
drop function is_limited(text);
