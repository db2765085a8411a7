-- name: row_counts.add
-- Counts rows as they come and go, in one of several places so that writers do not queue.
INSERT INTO row_counts (tenant_id, name, shard, rows) VALUES (:tenant_id, :name, :shard, :change)
ON CONFLICT (tenant_id, name, shard) DO UPDATE SET rows = row_counts.rows + excluded.rows

-- name: row_counts.read
-- How many there are.
SELECT CAST(COALESCE(SUM(rows), 0) AS BIGINT) AS rows FROM row_counts
WHERE tenant_id = :tenant_id AND name = :name
