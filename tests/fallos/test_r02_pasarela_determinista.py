"""R02, R03, R04: cualquier entrelazado de pérdidas, retrasos, rechazos y muertes, con la pasarela de verdad."""

import pytest

from simulacion.determinista import pasarela as vidas
from simulacion.determinista.sede_memoria import Probabilidades
from trading import reconciliador as modulo

pytestmark = [pytest.mark.fallos, pytest.mark.rapido]


def _violaciones(semillas, **probabilidades):
    informes = [vidas.correr_semilla(s, probabilidades=Probabilidades(**probabilidades)) for s in semillas]
    assert sum(informe.compras for informe in informes) > 0
    return [(informe.semilla, informe.violaciones) for informe in informes if informe.violaciones]


def test_r02_dos_mil_semillas_sin_duplicadas_ni_huerfanas():
    assert _violaciones(range(2000)) == []


def test_r03_perdidas_y_llegadas_tardias_frecuentes():
    assert _violaciones(range(200), respuesta_perdida=0.3, llegada_tardia=0.3, lista_atrasada=0.4) == []


def test_r04_un_rechazo_tras_una_desconocida_no_la_da_por_resuelta():
    assert _violaciones(range(200), rechazo=0.4, llegada_tardia=0.4) == []


def test_r01_muertes_muy_frecuentes_en_cada_punto():
    assert _violaciones(range(200), muerte=0.5) == []


@pytest.mark.nocturno
@pytest.mark.timeout(3000)
def test_r02_doscientas_mil_semillas():
    assert _violaciones(range(200_000)) == []


def test_sin_vigilancia_aparecen_huerfanas(monkeypatch):
    """La prueba puede fallar: si el reconciliador da por perdida una orden al momento, quedan compras sin dueño."""

    class Impaciente(modulo.Reconciliador):
        def __init__(self, **piezas):
            super().__init__(**piezas)
            self._capacidades = type(self._capacidades)(
                sede="deriv", ambito_bloqueo="cuenta", espera_tardia_s=0.0, consultas_limpias=1
            )

        async def pasada(self, **opciones):
            return await super().pasada(arranque=opciones["arranque"], vigilar=False)

        async def _sin_dueno(self):
            return []

    monkeypatch.setattr(vidas, "Reconciliador", Impaciente)
    assert _violaciones(range(150), llegada_tardia=0.4) != []
