-- enable
-- firing
CREATE ROLE fx_forever LOGIN PASSWORD 'kJ8d-sn2Lq';
CREATE ROLE fx_infinite LOGIN PASSWORD 'kJ8d-sn2Lq' VALID UNTIL 'infinity';
-- expect: fx_forever | never expires
-- expect: fx_infinite | never expires

-- silent
CREATE ROLE fx_limited LOGIN PASSWORD 'kJ8d-sn2Lq' VALID UNTIL '2099-01-01';
CREATE ROLE fx_none LOGIN;
CREATE ROLE fx_group PASSWORD 'kJ8d-sn2Lq';
