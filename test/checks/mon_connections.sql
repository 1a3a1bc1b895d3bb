-- setting: max_connections = 23
-- setting: superuser_reserved_connections = 3

-- firing
-- threshold: {"percent": 14, "critical_percent": 95}
-- before check: SELECT 1
-- before check: BEGIN
-- expect: max_connections | ^3 of 20 connections open to ordinary users are in use \(15 %\), 1 of them idle

-- silent
-- threshold: {"percent": 16}
-- before check: SELECT 1
-- before check: BEGIN
