-- name: active_users.note
-- Somebody was active on a day, however often.
INSERT INTO active_users (tenant_id, day, user_id) VALUES (:tenant_id, :day, :user_id)
ON CONFLICT (tenant_id, day, user_id) DO NOTHING

-- name: active_users.by_day
-- How many were active on each day of a time in which anybody was.
SELECT day, COUNT(*) AS people FROM active_users
WHERE tenant_id = :tenant_id AND day BETWEEN :first AND :last
GROUP BY day ORDER BY day

-- name: active_users.distinct
-- How many people were active in the weeks and months before a day, each counted once in each.
SELECT COUNT(CASE WHEN week THEN 1 END) AS week, COUNT(CASE WHEN week_before THEN 1 END) AS week_before,
    COUNT(CASE WHEN month THEN 1 END) AS month, COUNT(CASE WHEN month_before THEN 1 END) AS month_before
FROM (SELECT user_id,
             MAX(CASE WHEN day > :last - 7 THEN 1 ELSE 0 END) = 1 AS week,
             MAX(CASE WHEN day <= :last - 7 AND day > :last - 14 THEN 1 ELSE 0 END) = 1 AS week_before,
             MAX(CASE WHEN day > :last - 30 THEN 1 ELSE 0 END) = 1 AS month,
             MAX(CASE WHEN day <= :last - 30 THEN 1 ELSE 0 END) = 1 AS month_before
      FROM active_users
      WHERE tenant_id = :tenant_id AND day > :last - 60 AND day <= :last
      GROUP BY user_id) AS people

-- name: active_users.discard
-- Days that nobody asks for any more, some at a time.
DELETE FROM active_users WHERE (tenant_id, day, user_id) IN (
    SELECT tenant_id, day, user_id FROM active_users WHERE day < :before LIMIT :batch)
