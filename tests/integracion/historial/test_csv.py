"""La exportación: filas y columnas, filtros, números de verdad, texto sin fórmulas y fichero entero o ninguno."""

import csv
import io
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dominio.errores import ErrorServicio
from dominio.reloj import RelojManual
from historial.csv_operaciones import NOMBRES, Filtro, exportar
from historial.models import Operacion

pytestmark = pytest.mark.django_db
PEDIDAS = {
    "activo",
    "direccion",
    "precio_entrada",
    "monto",
    "confianza_pct",
    "resultado",
    "numero_contrato",
    "hora_inicio",
    "hora_fin",
    "ficticia",
}


def operacion(reloj: RelojManual, numero: int, **cambios: Any) -> Operacion:
    """Devuelve una operación cerrada sin guardar."""
    datos: dict[str, Any] = {
        "bot": "deriv_dinamico",
        "sede": "deriv",
        "cuenta": "VRTC_PRUEBA",
        "entorno": "simulado",
        "activo": "R_50",
        "direccion": "CALL",
        "tipo_orden": "contrato",
        "estado": "cerrada",
        "monto": Decimal("0.35"),
        "moneda": "USD",
        "pago": Decimal("0.68"),
        "cobrado": Decimal(0),
        "beneficio": Decimal("-0.35"),
        "confianza_pct": 50.5,
        "resultado": "perdida",
        "numero_contrato": f"9{numero}",
        "precio_entrada": Decimal("92.12"),
        "hora_inicio": reloj.ahora() + timedelta(seconds=numero),
        "hora_fin": reloj.ahora() + timedelta(seconds=numero + 10),
    }
    return Operacion(**datos | cambios)


def leer(ruta: Path) -> list[dict[str, str]]:
    with ruta.open(encoding="utf-8", newline="") as fichero:
        return list(csv.DictReader(fichero))


def test_lleva_lo_que_pide_la_especificacion_con_numeros_de_verdad(reloj: RelojManual, tmp_path: Path) -> None:
    operacion(reloj, 1).save()
    hecho = exportar(Filtro(), tmp_path / "o.csv")
    assert hecho.filas == 1
    assert set(hecho.columnas) >= PEDIDAS
    (fila,) = leer(tmp_path / "o.csv")
    assert (fila["beneficio"], fila["monto"], fila["cobrado"], fila["precio_entrada"]) == (
        "-0.35",
        "0.35",
        "0",
        "92.12",
    )
    assert (fila["ficticia"], fila["confianza_pct"], fila["stop_loss"]) == ("0", "50.5", "")
    assert fila["hora_inicio"] == "2026-01-01T00:00:01Z"


@pytest.mark.parametrize("texto", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_un_texto_que_parece_formula_sale_desactivado(reloj: RelojManual, tmp_path: Path, texto: str) -> None:
    operacion(reloj, 1, activo=texto, nombre_activo='a,"b"').save()
    exportar(Filtro(), tmp_path / "o.csv")
    (fila,) = leer(tmp_path / "o.csv")
    assert fila["activo"] == "'" + texto
    assert fila["nombre_activo"] == 'a,"b"'


def test_los_filtros_se_combinan(reloj: RelojManual, tmp_path: Path) -> None:
    Operacion.objects.bulk_create(
        [
            operacion(reloj, 1),
            operacion(reloj, 2, activo="R_100"),
            operacion(reloj, 3, bot="otro"),
            operacion(reloj, 4, ficticia=True, numero_contrato=None),
            operacion(reloj, 5, sede="bitget"),
            operacion(reloj, 6),
        ]
    )
    base = reloj.ahora()

    def numeros(**campos: Any) -> list[str]:
        exportar(Filtro(**campos), tmp_path / "o.csv")
        return [fila["numero_contrato"] or "ficticia" for fila in leer(tmp_path / "o.csv")]

    assert numeros() == ["91", "92", "93", "ficticia", "95", "96"]
    assert numeros(activo="R_100") == ["92"]
    assert numeros(bot="otro") == ["93"]
    assert numeros(ficticia=True) == ["ficticia"]
    assert numeros(ficticia=False, sede="deriv", bot="deriv_dinamico", activo="R_50") == ["91", "96"]
    assert numeros(desde=base + timedelta(seconds=2), hasta=base + timedelta(seconds=5)) == ["92", "93", "ficticia"]


def test_el_fichero_anterior_queda_entero_si_la_exportacion_falla(
    reloj: RelojManual, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operacion(reloj, 1).save()
    destino = tmp_path / "o.csv"
    destino.write_text("lo de antes")

    def sin_sitio(_: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("historial.csv_operaciones.celda", sin_sitio)
    with pytest.raises(ErrorServicio, match="EXP-01"):
        exportar(Filtro(), destino)
    assert destino.read_text() == "lo de antes"
    assert list(tmp_path.iterdir()) == [destino]


def test_sin_fichero_escribe_en_la_salida_estandar(reloj: RelojManual, capsys: pytest.CaptureFixture[str]) -> None:
    operacion(reloj, 1).save()
    assert exportar(Filtro()).filas == 1
    (fila,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert list(fila) == NOMBRES


def test_la_memoria_no_crece_con_las_filas(reloj: RelojManual, tmp_path: Path) -> None:
    Operacion.objects.bulk_create([operacion(reloj, n) for n in range(6000)], batch_size=1000)
    avances: list[int] = []
    tracemalloc.start()
    try:
        assert exportar(Filtro(), tmp_path / "o.csv", avances.append).filas == 6000
        maximo = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert avances == [2000, 4000, 6000]
    # Por partes (2000 filas a la vez) son 5–6,5 MB; todas juntas, de 10 a 13.
    assert maximo < 8_000_000
