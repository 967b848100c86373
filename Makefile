# Two commands matter: `make demo` runs the main job, `make test` runs the tests. Both need cargo,
# and `make test` a PostgreSQL server's binaries too.

.PHONY: demo test lint bench campaign help

help:
	@echo 'make demo      build, and walk the main job on a new SQLite file'
	@echo 'make test      formatting, clippy, feature checks, tests on both stores'
	@echo 'make lint      API, chart and licences'
	@echo 'make bench     server CPU for an answer, against a bare gRPC echo'
	@echo 'make campaign  the long campaigns of scripts/campaigns.sh'

demo:
	cargo build --locked --bin vouch
	cargo run --locked --bin vouch -- demo $(ARGS)

test:
	bash scripts/test.sh

lint:
	bash scripts/lint.sh

bench:
	bash scripts/bench.sh $(ARGS)

campaign:
	bash scripts/campaigns.sh
