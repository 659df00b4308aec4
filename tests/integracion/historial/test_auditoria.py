"""R34: editar, borrar, insertar, reordenar y cortar el final de la auditoría siempre se nota, y se dice dónde."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from dominio.errores import ErrorPermanente
from dominio.reloj import RelojManual
from historial import auditoria
from historial.models import CabezaAuditoria, FilaAuditoria

pytestmark = [pytest.mark.django_db, pytest.mark.fallos]
FLUJO = "deriv:VRTC_PRUEBA"


@pytest.fixture
def cadena(reloj: RelojManual) -> None:
    for flujo in ("a", FLUJO, "z"):
        for numero in range(1, 7):
            reloj.avanzar(1)
            auditoria.registrar(flujo, "prueba", {"n": numero, "ñ": 1.5}, actor="ana", ahora=reloj.ahora(), objeto="x")


@contextmanager
def como_superusuario() -> Iterator[None]:
    """Quita los disparadores un momento: lo que haría quien manda en la base."""
    registro = importlib.import_module("historial.migrations.0002_registro_inalterable")
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for orden in ["ALTER TABLE auditoria DISABLE TRIGGER USER"] if postgres else registro.SQLITE_QUITAR:
            cursor.execute(orden)
        yield
        for orden in ["ALTER TABLE auditoria ENABLE TRIGGER USER"] if postgres else registro.SQLITE:
            cursor.execute(orden)


def fila(seq: int) -> FilaAuditoria:
    return FilaAuditoria.objects.get(flujo=FLUJO, seq=seq)


def cambiar(numero: int, /, **valores: object) -> None:
    with como_superusuario():
        FilaAuditoria.objects.filter(flujo=FLUJO, seq=numero).update(**valores)


def test_una_cadena_intacta_se_da_por_buena(cadena: None) -> None:
    resultado = auditoria.verificar()
    assert resultado.correcta
    assert (resultado.filas, resultado.flujos) == (18, 3)


@pytest.mark.parametrize(
    "orden", ["UPDATE auditoria SET actor = 'otro' WHERE seq = 2", "DELETE FROM auditoria WHERE seq = 2"]
)
def test_la_base_rechaza_cambiar_y_borrar(cadena: None, orden: str) -> None:
    with pytest.raises(DatabaseError, match="solo crece"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(orden)
    assert FilaAuditoria.objects.filter(seq=2, actor="ana").count() == 3


def test_postgresql_rechaza_tambien_vaciar(cadena: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite no tiene TRUNCATE")
    with pytest.raises(DatabaseError, match="solo crece"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE auditoria")


@pytest.mark.parametrize(
    ("campo", "valor"),
    [
        ("actor", "otro"),
        ("accion", "otra"),
        ("objeto", "y"),
        ("datos", '{"n":3,"ñ":1.6}'),
        ("resumen", "f" * 64),
    ],
)
def test_editar_un_campo_se_nota_en_esa_fila(cadena: None, campo: str, valor: str) -> None:
    culpable = fila(3).pk
    cambiar(3, **{campo: valor})
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert (rotura.flujo, rotura.seq, rotura.id) == (FLUJO, 3, culpable)


def test_editar_la_hora_se_nota(cadena: None, reloj: RelojManual) -> None:
    cambiar(4, en=reloj.ahora())
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert rotura.seq == 4


def test_editar_y_recalcular_el_resumen_rompe_el_enlace_siguiente(cadena: None) -> None:
    una = fila(3)
    nuevo = auditoria.resumir(FLUJO, 3, una.en, "otro", una.accion, una.objeto, una.datos, una.anterior)
    cambiar(3, actor="otro", resumen=nuevo)
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert (rotura.seq, rotura.motivo) == (4, "no enlaza con el anterior")


def test_borrar_una_de_en_medio_se_nota(cadena: None) -> None:
    with como_superusuario():
        FilaAuditoria.objects.filter(flujo=FLUJO, seq=3).delete()
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert (rotura.flujo, rotura.seq, rotura.motivo) == (FLUJO, 3, "falta el eslabón")


def test_intercambiar_dos_se_nota(cadena: None) -> None:
    cambiar(2, seq=99)
    cambiar(3, seq=2)
    cambiar(99, seq=3)
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert rotura.seq == 2


def test_insertar_una_al_final_sin_pasar_por_la_cabeza_se_nota(cadena: None) -> None:
    ultima = fila(6)
    resumen = auditoria.resumir(FLUJO, 7, ultima.en, "otro", "falsa", "", "{}", ultima.resumen)
    FilaAuditoria.objects.create(
        flujo=FLUJO, seq=7, en=ultima.en, actor="otro", accion="falsa", anterior=ultima.resumen, resumen=resumen
    )
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert (rotura.seq, rotura.motivo) == (7, "hay un eslabón más allá de la cabeza")


def cortar_y_bajar_la_cabeza() -> None:
    with como_superusuario():
        FilaAuditoria.objects.filter(flujo=FLUJO, seq__gte=5).delete()
    CabezaAuditoria.objects.filter(flujo=FLUJO).update(seq=4, resumen=fila(4).resumen)


def borrar_el_flujo_entero() -> None:
    with como_superusuario():
        FilaAuditoria.objects.filter(flujo=FLUJO).delete()
    CabezaAuditoria.objects.filter(flujo=FLUJO).delete()


def test_cortar_el_final_lo_delata_la_cabeza(cadena: None) -> None:
    with como_superusuario():
        FilaAuditoria.objects.filter(flujo=FLUJO, seq__gte=5).delete()
    rotura = auditoria.verificar().primera
    assert rotura is not None
    assert (rotura.seq, rotura.motivo) == (5, "la cadena está cortada por el final")


@pytest.mark.parametrize(("ataque", "seq"), [(cortar_y_bajar_la_cabeza, 5), (borrar_el_flujo_entero, 1)])
def test_cortar_el_final_y_bajar_la_cabeza_lo_delata_el_ancla(
    cadena: None, reloj: RelojManual, tmp_path: Path, ataque: Callable[[], None], seq: int
) -> None:
    ancla = tmp_path / "ancla.jsonl"
    assert auditoria.anclar(ancla, ahora=reloj.ahora()) == 3
    ataque()
    assert auditoria.verificar().correcta  # sin el ancla no hay con qué comparar
    rotura = auditoria.verificar(ancla).primera
    assert rotura is not None
    assert (rotura.flujo, rotura.seq) == (FLUJO, seq)


def test_reescribir_el_final_entero_lo_delata_el_ancla(cadena: None, reloj: RelojManual, tmp_path: Path) -> None:
    ancla = tmp_path / "ancla.jsonl"
    auditoria.anclar(ancla, ahora=reloj.ahora())
    cortar_y_bajar_la_cabeza()
    for numero in (5, 6):
        auditoria.registrar(FLUJO, "prueba", {"n": -numero}, actor="otro", ahora=reloj.ahora())
    assert auditoria.verificar().correcta
    rotura = auditoria.verificar(ancla).primera
    assert rotura is not None
    assert (rotura.seq, rotura.motivo) == (6, "no es el eslabón que se ancló")


def test_anclar_solo_anade_lo_que_crecio(cadena: None, reloj: RelojManual, tmp_path: Path) -> None:
    ancla = tmp_path / "ancla.jsonl"
    auditoria.anclar(ancla, ahora=reloj.ahora())
    antes = ancla.read_text()
    assert auditoria.anclar(ancla, ahora=reloj.ahora()) == 0
    auditoria.registrar("a", "prueba", {}, actor="ana", ahora=reloj.ahora())
    assert auditoria.anclar(ancla, ahora=reloj.ahora()) == 1
    assert ancla.read_text().startswith(antes)
    assert auditoria.verificar(ancla).correcta


def test_un_fichero_de_anclas_ilegible_no_se_da_por_bueno(cadena: None, tmp_path: Path) -> None:
    ancla = tmp_path / "ancla.jsonl"
    ancla.write_text("{no es json\n")
    with pytest.raises(ErrorPermanente, match="AUD-01"):
        auditoria.verificar(ancla)
