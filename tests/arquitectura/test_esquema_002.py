"""Las tablas de la especificación 002 existen tal cual: nombres, columnas, índices, claves únicas, ajenas y filas."""

import re
from functools import cache
from typing import Any

import pytest
from django.db import connection

from timonel.trazabilidad import tabla
from timonel.trazabilidad.modelo import Fila

pytestmark = [pytest.mark.bd, pytest.mark.django_db]

PREFIJO = re.compile(r"^002-13\.2\.\d-sql-(.+)$")


@cache
def _pedido() -> dict[str, Fila]:
    """Devuelve, por su nombre, cada cosa del esquema que pide el §13.2."""
    return {hallado[1]: fila for fila in tabla.leer()["002"] if (hallado := PREFIJO.match(fila.id))}


def _de(patron: str) -> list[str]:
    return [nombre for nombre in _pedido() if re.fullmatch(patron, nombre)]


TABLAS = _de(r"\w+")
COLUMNAS = _de(r"\w+\.(?!idx_|unique-|fk-)\w+")
INDICES = _de(r"\w+\.idx_\w+")
UNICAS = _de(r"\w+\.unique-.+")
AJENAS = _de(r"\w+\.fk-.+")
FILAS = _de(r"fila-\w+")


def _restricciones(nombre: str) -> dict[str, dict[str, Any]]:
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, nombre)


def test_nada_del_esquema_se_queda_sin_mirar() -> None:
    miradas = [*TABLAS, *COLUMNAS, *INDICES, *UNICAS, *AJENAS, *FILAS]
    assert sorted(miradas) == sorted(_pedido())
    assert len(miradas) > 60


@pytest.mark.parametrize("nombre", TABLAS)
def test_la_tabla_existe(nombre: str) -> None:
    assert nombre in connection.introspection.table_names()


@pytest.mark.parametrize("nombre", COLUMNAS)
def test_la_columna_existe(nombre: str) -> None:
    de_tabla, columna = nombre.split(".")
    with connection.cursor() as cursor:
        descripcion = connection.introspection.get_table_description(cursor, de_tabla)
    assert columna in {campo.name for campo in descripcion}


@pytest.mark.parametrize("nombre", INDICES)
def test_el_indice_existe_sobre_sus_columnas(nombre: str) -> None:
    de_tabla, indice = nombre.split(".")
    pedidas = re.search(r"\(([^)]*)\)", _pedido()[nombre].texto)
    hallado = _restricciones(de_tabla).get(indice)
    assert hallado is not None, "no hay un índice con ese nombre"
    assert pedidas is not None
    assert hallado["index"]
    assert hallado["columns"] == [columna.strip() for columna in pedidas[1].split(",")]


@pytest.mark.parametrize("nombre", [*UNICAS, "configuracion.unique-clave"])
def test_la_clave_unica_existe(nombre: str) -> None:
    de_tabla, columnas = nombre.split(".unique-")
    unicas = [sorted(r["columns"]) for r in _restricciones(de_tabla).values() if r["unique"]]
    # El identificador une las columnas con guiones y los nombres llevan guion bajo.
    assert sorted(columnas.split("-")) in unicas


@pytest.mark.parametrize("nombre", AJENAS)
def test_la_clave_ajena_existe(nombre: str) -> None:
    de_tabla, columna = nombre.split(".fk-")
    destino = re.search(r"REFERENCES (\w+)\((\w+)\)", _pedido()[nombre].texto)
    assert destino is not None
    ajenas = [(r["columns"], r["foreign_key"]) for r in _restricciones(de_tabla).values() if r["foreign_key"]]
    assert ([columna], (destino[1], destino[2])) in ajenas


@pytest.mark.parametrize("nombre", FILAS)
def test_la_fila_inicial_esta_con_su_valor(nombre: str) -> None:
    pedida = re.match(r"\('(\w+)', '(.*?)', '(.*)'\)$", _pedido()[nombre].texto)
    assert pedida is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT valor, descripcion FROM configuracion WHERE clave = %s", [pedida[1]])
        assert cursor.fetchone() == (pedida[2], pedida[3])
