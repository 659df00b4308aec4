"""``exportar``, ``auditoria`` y ``estado`` sobre un historial de verdad."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import services as estado_guardado
from core.services import Ficha
from dominio.freno import Freno
from dominio.reloj import RelojManual, RelojSistema
from historial import services as historial
from historial.models import FilaAuditoria, Operacion
from historial.services.acumulados import acumular
from tests.conftest import _sin_disparadores
from tests.integracion.cli.conftest import Consola, exigir_error

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


def operacion(numero: int, beneficio: str, **cambios: Any) -> Operacion:
    """Guarda una operación cerrada, un minuto después de la anterior, con sus cuentas al día como hace el cierre."""
    inicio = RelojSistema().ahora() - timedelta(minutes=60 - numero)
    datos: dict[str, Any] = {
        "bot": "deriv_dinamico",
        "sede": "deriv",
        "cuenta": "DOT90000001",
        "entorno": "simulado",
        "activo": "R_50",
        "direccion": "CALL",
        "tipo_orden": "contrato",
        "estado": "cerrada",
        "monto": Decimal("10.10"),
        "moneda": "USD",
        "beneficio": Decimal(beneficio),
        "confianza_pct": 51.25,
        "resultado": "ganada" if Decimal(beneficio) > 0 else "perdida",
        "numero_contrato": f"26000{numero}",
        "precio_entrada": Decimal("92.1234"),
        "hora_inicio": inicio,
        "hora_fin": inicio + timedelta(seconds=10),
    }
    guardada = Operacion.objects.create(**datos | cambios)
    acumular(guardada)
    return guardada


def leer(ruta: Path) -> list[dict[str, str]]:
    with ruta.open(encoding="utf-8", newline="") as fichero:
        return list(csv.DictReader(fichero))


def test_exportar_devuelve_lo_guardado(consola: Consola, tmp_path: Path) -> None:
    guardadas = [operacion(1, "9.53"), operacion(2, "-10.10"), operacion(3, "9.53", nombre_activo="=1+1")]
    salida = tmp_path / "historial.csv"
    dicho = consola("exportar", "--bot", "deriv_dinamico", "--salida", salida, "--json")
    assert dicho.salida == 0
    assert dicho.json["filas"] == 3
    assert set(dicho.json["columnas"]) >= PEDIDAS
    filas = leer(salida)
    assert [fila["numero_contrato"] for fila in filas] == [str(una.numero_contrato) for una in guardadas]
    assert [Decimal(fila["beneficio"]) for fila in filas] == [una.beneficio for una in guardadas]
    assert filas[2]["nombre_activo"] == "'=1+1"


def test_exportar_filtra(consola: Consola, tmp_path: Path) -> None:
    operacion(1, "9.53", hora_inicio=RelojSistema().ahora() - timedelta(days=9))
    operacion(2, "-10.10", activo="R_100")
    operacion(3, "1.00", ficticia=True)
    salida, ayer = tmp_path / "f.csv", (RelojSistema().ahora() - timedelta(days=1)).date().isoformat()
    for opciones, contratos in (
        (["--desde", ayer], ["260002", "260003"]),
        (["--hasta", ayer], ["260001"]),
        (["--activo", "R_100"], ["260002"]),
        (["--ficticias"], ["260003"]),
        (["--reales", "--zona", "UTC"], ["260001", "260002"]),
    ):
        assert consola("exportar", *opciones, "--salida", salida).salida == 0
        assert [fila["numero_contrato"] for fila in leer(salida)] == contratos, opciones


def test_hasta_un_dia_incluye_el_dia_entero(consola: Consola, tmp_path: Path) -> None:
    tarde = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    operacion(1, "9.53", hora_inicio=tarde, hora_fin=tarde)
    for hasta, filas in (("2026-03-01", 1), ("2026-02-28", 0), ("2026-03-01T23:00", 0)):
        dicho = consola("exportar", "--hasta", hasta, "--zona", "UTC", "--salida", tmp_path / "f.csv", "--json")
        assert dicho.json["filas"] == filas, hasta
    # Las 23:59 UTC del día 1 son las 18:59 del día 1 en Bogotá y las 8:59 del día 2 en Tokio.
    for zona, filas in (("America/Bogota", 1), ("Asia/Tokyo", 0)):
        dicho = consola("exportar", "--hasta", "2026-03-01", "--zona", zona, "--salida", tmp_path / "f.csv", "--json")
        assert dicho.json["filas"] == filas, zona


def test_exportar_a_una_carpeta_que_no_existe(consola: Consola, tmp_path: Path) -> None:
    exigir_error(consola("exportar", "--salida", tmp_path / "no" / "está" / "f.csv"), "EXP-01", 3)


def test_auditoria_entera_y_rota(consola: Consola, carpeta_datos: Path) -> None:
    ahora = RelojSistema().ahora()
    for numero in range(3):
        historial.fijar_freno("bot", f"bot_{numero}", Freno.DETENIDO, "prueba", "persona", ahora=ahora)
    buena = consola("auditoria", "verificar", "--anclar", "--json")
    assert (buena.salida, buena.json["correcta"], buena.json["primera_rota"]) == (0, True, None)
    assert (carpeta_datos / "anclas.jsonl").exists()
    tocada = FilaAuditoria.objects.get(flujo="freno", seq=2)
    with _sin_disparadores():
        FilaAuditoria.objects.filter(pk=tocada.pk).update(actor="otra persona")
    mala = consola("auditoria", "verificar", "--json")
    assert mala.salida == 1
    assert {clave: mala.json["primera_rota"][clave] for clave in ("flujo", "seq", "id")} == {
        "flujo": "freno",
        "seq": 2,
        "id": tocada.pk,
    }
    assert f"fila {tocada.pk}" in consola("auditoria", "verificar").texto


def test_un_fichero_de_anclas_que_no_se_entiende(consola: Consola, tmp_path: Path) -> None:
    anclas = tmp_path / "anclas.jsonl"
    anclas.write_text("{no\n", encoding="utf-8")
    exigir_error(consola("auditoria", "verificar", "--anclas", anclas), "AUD-01", 1)


def test_estado_dice_cifras_y_palabras(consola: Consola, reloj: RelojManual) -> None:
    ficha = Ficha("deriv_dinamico", "deriv", "DOT90000001")
    estado_guardado.activar_bot(ficha, Decimal("10000.00"), RelojSistema().ahora())
    operacion(1, "9.53")
    operacion(2, "-10.10")
    dicho = consola("estado", "deriv_dinamico", "--json")
    bot = dicho.json["bots"][0]
    assert (bot["balance"], bot["objetivo"], bot["nivel_stop"], bot["monto_siguiente"]) == (10000, 10100, 9900, 50)
    assert (bot["acierto"]["pct"], bot["freno"]["vigente"], bot["simulado"]) == (50.0, "ACTIVO", True)
    assert bot["acierto"]["bajo_pct"] < 50 < bot["acierto"]["alto_pct"]
    assert [una["beneficio"] for una in bot["ultimas"]] == [-10.1, 9.53]
    texto = consola("estado").texto
    for trozo in ("SIMULADO", "10.000,00 USD", "9.900,00 USD", "tanda típica dura 6 operaciones", "-10,10 USD"):
        assert trozo in texto, texto


def test_estado_de_un_bot_que_aun_no_opero(consola: Consola) -> None:
    dicho = consola("estado", "deriv_dinamico", "--json")
    assert (dicho.salida, dicho.json["bots"], dicho.json["sin_operar"]) == (0, [], ["deriv_dinamico"])


def test_el_ultimo_renglon_es_json_de_numeros(consola: Consola) -> None:
    from timonel.cli.salida import en_json

    assert en_json({"importe": Decimal("10000.10"), "nada": None}) == '{"importe":10000.10,"nada":null}'
