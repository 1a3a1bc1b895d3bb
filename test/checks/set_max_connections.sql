-- firing
-- setting: max_connections = 501
-- expect: max_connections | ^501 connections are allowed on [0-9]+ processors; now [0-9]+ are open

-- silent
-- setting: max_connections = 500
