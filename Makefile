# make demo   the main job on the shipped example, into out/
# make test   lint, types and tests
# All the work is in tasks.py, which needs Python alone; Windows calls it directly.

PYTHON ?= $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null \
	&& echo $$name && break; done)

.PHONY: demo test setup clean

demo test setup:
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: install it first."; exit 1; }
	@$(PYTHON) tasks.py $@

clean:
	rm -rf .venv .venv-bpy50 .venv-bpy52 out dist build
