# `make demo` starts Kulanz with an invented brand; `make test` tries everything that Kulanz promises.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(if $(shell command -v uv),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) --constraint constraints.txt

.PHONY: demo airflow test test-main test-more lint types screenshots elasticsearch

demo: .venv/installed
	$(BIN)/kulanz demo

airflow: .venv/installed-with-airflow
	$(BIN)/kulanz airflow

# Two lanes at a time; each shows its output when it is done. Backups are tried apart, as nobody else may use the database.
test: .venv/installed-for-tests lint types
	$(BIN)/coverage erase
	$(MAKE) --jobs 2 --output-sync=target test-main test-more
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

BACKUPS := tests/shipping/test_backup.py
ONLY_ONCE := browser contract airflow listeners/networks trends/kibana trends/elastic/test_secure.py trends/elastic/test_rebuild.py trends/elastic/test_numbers.py

test-main: .venv/installed-for-tests
	COVERAGE_FILE=.coverage.main $(BIN)/python -m pytest --cov --cov-report= --ignore tests/contract --ignore tests/airflow --ignore $(BACKUPS)

test-more: .venv/installed-for-tests
	COVERAGE_FILE=.coverage.contract $(BIN)/python -m pytest --cov --cov-report= tests/contract
	COVERAGE_FILE=.coverage.backups $(BIN)/python -m pytest --cov --cov-report= $(BACKUPS)
	COVERAGE_FILE=.coverage.airflow $(BIN)/python -m pytest --cov --cov-report= tests/airflow
	$(BIN)/python -m pytest --database postgresql $(BACKUPS)
	$(BIN)/python -m pytest --database postgresql --ignore $(BACKUPS) $(ONLY_ONCE:%=--ignore tests/%)

lint: .venv/installed-for-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/installed-for-tests
	$(BIN)/mypy

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kulanz needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python cannot make virtual environments here; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Kulanz into .venv …"
	$(INSTALL) --editable .
	touch $@

.venv/installed-with-airflow: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Kulanz and Airflow into .venv …"
	$(INSTALL) --editable '.[airflow]'
	touch $@ .venv/installed

.venv/installed-for-tests: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Kulanz and what its tests need into .venv …"
	$(INSTALL) --editable '.[networks,s3,train,airflow,elastic,otel,test]'
	touch $@ .venv/installed

# The server of Elasticsearch that the tests start, without its Java: 107 MB, once.
elasticsearch: var/elasticsearch/elasticsearch-8.19.21.zip

var/elasticsearch/%.zip:
	mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
	  -Dartifact=org.elasticsearch.distribution.integ-test-zip:$(subst -,:,$*):zip -DoutputDirectory=$(CURDIR)/$(@D)

screenshots: .venv/installed-for-tests
	$(BIN)/python docs/screenshots.py
