"""Nada de lo que piden las especificaciones se queda sin fila, y ninguna fila presume de lo que no hay."""

import pytest

from tests.rutas import ESPECIFICACIONES, o_saltar
from timonel.trazabilidad import comprobacion, extractor, pagina, tabla
from timonel.trazabilidad.modelo import PAGINA

pytestmark = pytest.mark.rapido

AYUDA = "ejecute: uv run python -m timonel.trazabilidad"


def test_cada_elemento_de_las_especificaciones_tiene_su_fila() -> None:
    extraidos = extractor.extraer(o_saltar(ESPECIFICACIONES))
    sin_fila = tabla.sin_fila(tabla.leer(), extraidos)
    assert sin_fila == [], f"{len(sin_fila)} elementos sin fila; {AYUDA}"


def test_ninguna_fila_nombra_un_elemento_que_no_existe() -> None:
    extraidos = extractor.extraer(o_saltar(ESPECIFICACIONES))
    conocidos = {elemento.id for elementos in extraidos.values() for elemento in elementos}
    assert [fila.id for filas in tabla.leer().values() for fila in filas if fila.id not in conocidos] == []


def test_cada_seccion_de_las_especificaciones_aparece_en_la_tabla() -> None:
    carpeta = o_saltar(ESPECIFICACIONES)
    identificadores = [fila.id for filas in tabla.leer().values() for fila in filas]
    for numero in ("001", "002"):
        texto = next(iter(carpeta.glob(f"{numero}_*.md"))).read_text(encoding="utf-8")
        con_elementos = {e.id.rsplit(f"-{e.tipo}-")[0] for e in extractor.extraer_texto(numero, texto)}
        principales = {f"{numero}-{s.split('.')[0]}" for s in extractor.secciones(texto)}
        con_filas = {p for p in principales if any(i.startswith((f"{p}-", f"{p}.")) for i in identificadores)}
        assert con_filas == {p for p in principales if any(c == p or c.startswith((f"{p}.",)) for c in con_elementos)}


def test_cada_capitulo_del_indice_tiene_filas() -> None:
    identificadores = [fila.id for fila in tabla.leer()["002"]]
    indice = [uno for uno in identificadores if uno.startswith("002-tabla-de-contenidos-")]
    assert len(indice) == 18
    capitulos = {uno.split("-")[1].split(".")[0] for uno in identificadores}
    assert [capitulo for capitulo, _ in enumerate(indice, 1) if str(capitulo) not in capitulos] == []


def test_los_identificadores_no_se_repiten() -> None:
    identificadores = [fila.id for filas in tabla.leer().values() for fila in filas]
    assert len(identificadores) == len(set(identificadores))


def test_lo_que_se_da_por_hecho_existe_y_su_prueba_esta_encendida() -> None:
    # Sin los resultados guardados: que la prueba pase lo dice esta misma batería.
    hechas = [f for filas in tabla.leer().values() for f in filas if not f.pendiente and not f.imposible]
    rotas = [f"{fila.id}: {porque}" for fila in hechas if (porque := comprobacion.motivo(fila))]
    assert rotas == []


def test_la_pagina_esta_al_dia() -> None:
    assert PAGINA.read_text(encoding="utf-8") == pagina.componer(tabla.leer()), AYUDA
