# Timonel. Cada objetivo prepara lo que necesita; basta Python 3.11–3.13, git y make.
# Sin objetivo, `make` explica los que hay.

DEMO := ./scripts/con_entorno.sh demo
PRUEBAS := ./scripts/con_entorno.sh test
# Tres procesos: la batería está pensada para dos núcleos y muchas pruebas esperan. PRUEBAS_N=0 la corre en uno.
PRUEBAS_N ?= 3
# Un fichero o un nodo de pytest, para correr solo eso: make test-uno QUE=tests/unidad/dominio
QUE ?= tests

.DEFAULT_GOAL := ayuda
.PHONY: ayuda demo lint test test-bd-sqlite test-bd-postgresql test-largo test-uno rapido bench capturas navegador limpiar

ayuda:
	@echo "make demo        el bot opera contra una sede simulada (SEGUNDOS=90 JSON=1 SEMILLA=7)"
	@echo "make test        estilo, tipos, pisos y pruebas, en SQLite y en PostgreSQL"
	@echo "make test-largo  todo lo anterior y las pruebas lentas y nocturnas"
	@echo "make rapido      solo las pruebas puras (menos de un minuto)"
	@echo "make test-uno    una parte de las pruebas (QUE=tests/unidad/dominio)"
	@echo "make lint        estilo (ruff), tipos (mypy) y pisos (import-linter)"
	@echo "make bench       las medidas de benchmarks/"
	@echo "make capturas    guarda pantallas del panel en docs/capturas/"
	@echo "make limpiar     borra entornos y cachés de esta carpeta, nunca los datos (.timonel/)"
	@echo "PY=/ruta/python  elige el intérprete (3.11–3.13)"

demo:
	@$(DEMO) timonel demo $(if $(SEGUNDOS),--segundos $(SEGUNDOS)) $(if $(SEMILLA),--semilla $(SEMILLA)) \
		$(if $(filter-out 0 no,$(JSON)),--json)

lint:
	@$(PRUEBAS) ruff check .
	@$(PRUEBAS) mypy
	@$(PRUEBAS) lint-imports --no-cache

test: lint navegador
	@$(MAKE) --no-print-directory test-bd-sqlite
	@$(MAKE) --no-print-directory test-bd-postgresql

# Sin navegador las pruebas que lo usan se saltan diciéndolo; NAVEGADOR=obligatorio lo hace fallo.
navegador:
	@./scripts/navegador.sh >/dev/null || [ "$$NAVEGADOR" != obligatorio ]

test-bd-sqlite:
	@echo "== Pruebas, base de datos SQLite"
	@TIMONEL_PRUEBAS_BD=sqlite $(PRUEBAS) pytest -n $(PRUEBAS_N) --dist loadgroup

test-bd-postgresql:
	@echo "== Pruebas de base de datos, PostgreSQL"
	@TIMONEL_PRUEBAS_BD=postgresql $(PRUEBAS) pytest -n $(PRUEBAS_N) --dist loadgroup -m bd

test-largo: lint navegador
	@echo "== Todas las pruebas, base de datos SQLite"
	@TIMONEL_PRUEBAS_BD=sqlite $(PRUEBAS) pytest -n $(PRUEBAS_N) --dist loadgroup --largo
	@echo "== Todas las pruebas de base de datos, PostgreSQL"
	@TIMONEL_PRUEBAS_BD=postgresql $(PRUEBAS) pytest -n $(PRUEBAS_N) --dist loadgroup --largo -m bd

test-uno:
	@$(PRUEBAS) pytest -q $(QUE)

rapido:
	@$(PRUEBAS) pytest -q -n $(PRUEBAS_N) -m rapido

# La comparación de clientes tiene su propio entorno (benchmarks/pyproject.toml): trae bibliotecas que Timonel no usa.
bench:
	@for medida in benchmarks/*.py; do \
		echo "== $$medida"; \
		case $$medida in \
		*/clientes_ws.py) $(PRUEBAS) env -u VIRTUAL_ENV -u UV_PROJECT_ENVIRONMENT .uv/bin/uv run --frozen \
			--project benchmarks python "$$medida" --json ;; \
		*) $(PRUEBAS) python "$$medida" --json ;; \
		esac || falla=1; \
	done; exit $${falla:-0}

# Las pantallas del panel, con datos de una demostración, en los dos temas y los dos anchos.
capturas: navegador
	@$(PRUEBAS) python -m scripts.capturas

limpiar:
	@rm -rf .navegador .uv .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
