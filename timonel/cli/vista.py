"""La vista viva del terminal: estado, balance, meta, stop, contrato abierto y últimas operaciones."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bots.demo import Escena
from core.configuracion import ConfigBot
from core.estado_bot import Ciclo, EstadoBot
from core.meta_dinamica import ReglaDinamica
from dominio.reloj import Reloj
from historial.models import Operacion
from simulacion.indices import INDICES
from timonel.cli.explicacion import tanda_tipica
from timonel.cli.salida import dinero, duracion, hora, numero, porcentaje
from trading.motor_senales.estadistica import wilson, z_dos_colas

ULTIMAS = 8
COLOR = {
    Ciclo.OPERANDO: "bold green",
    Ciclo.PAUSADO: "bold red",
    Ciclo.ESPERANDO_HORARIO: "bold yellow",
    Ciclo.SIN_SALDO: "bold red",
}


def ultimas_operaciones(bot: str, cuenta: str) -> list[Operacion]:
    """Devuelve las operaciones más recientes, la última primero."""
    return list(Operacion.objects.filter(bot=bot, cuenta=cuenta).order_by("-pk")[:ULTIMAS])


class Vista:
    """Compone la pantalla a partir del estado confirmado; no decide ni guarda nada."""

    def __init__(self, escena: Escena, reloj: Reloj, config: ConfigBot, panel: str = "") -> None:
        self._escena = escena
        self._reloj = reloj
        self._regla = ReglaDinamica(
            monto_pct=config.regla.monto_pct, meta_pct=config.regla.meta_pct, stop_pct=config.regla.stop_pct
        )
        self._zona = config.pausa.zona
        self._contrato = config.contrato
        self._panel = f"Panel en {panel} · " if panel else ""
        self.operaciones: list[Operacion] = []

    def componer(self) -> RenderableType:
        """Devuelve la pantalla de este momento."""
        estado = self._escena.montado.bucle.estado
        return Panel(
            Group(
                self._cabecera(estado),
                self._cifras(estado),
                self._medidor(estado),
                self._ahora(estado),
                self._tabla(),
                self._tanda(),
            ),
            title=Text(" SIMULADO · sede de laboratorio en este equipo, sin dinero real ", style="black on yellow"),
            subtitle=Text(f"{self._panel}Ctrl-C termina con calma; el historial queda guardado", style="dim"),
            box=box.ROUNDED,
        )

    def _cabecera(self, estado: EstadoBot) -> Text:
        texto = Text()
        texto.append(f"{self._escena.montado.ficha.bot}  ", style="bold")
        texto.append(str(estado.ciclo).replace("_", " "), style=COLOR[estado.ciclo])
        texto.append(f"  desde {hora(estado.desde, self._zona)}", style="dim")
        if estado.ciclo is Ciclo.PAUSADO and estado.reanuda_en is not None:
            texto.append(f"  ·  la espera acaba {hora(estado.reanuda_en, self._zona)}")
            texto.append(f" (faltan {duracion((estado.reanuda_en - self._reloj.ahora()).total_seconds())})")
        return texto

    def _cifras(self, estado: EstadoBot) -> Table:
        cuadro = Table.grid(padding=(0, 3))
        for _ in range(5):
            cuadro.add_column(justify="right")
        tanda, regla = estado.tanda, self._regla
        beneficio = estado.libro.beneficio - self._escena.inicial.libro.beneficio
        cuadro.add_row(*(Text(t, style="dim") for t in ("Balance", "Resultado", "Meta", "Stop", "Acierto")))
        cuadro.add_row(
            Text(dinero(estado.libro.asentado), style="bold"),
            Text(dinero(beneficio, signo=True), style="green" if beneficio >= 0 else "red"),
            dinero(tanda.objetivo(regla)),
            dinero(tanda.nivel_stop(regla)),
            self._acierto(estado),
        )
        return cuadro

    def _acierto(self, estado: EstadoBot) -> str:
        ganadas, total = estado.contadores.ganadas, estado.contadores.ganadas + estado.contadores.perdidas
        if not total:
            return "sin operaciones"
        bajo, alto = wilson(ganadas / total, total, z_dos_colas(0.95))
        intervalo = f"entre {numero(100 * bajo, 0)} y {numero(100 * alto, 0)} %"
        return f"{porcentaje(100 * ganadas / total)} ({ganadas}/{total}; {intervalo})"

    def _medidor(self, estado: EstadoBot) -> Table:
        """El balance entre el stop (izquierda) y la meta (derecha)."""
        bajo, alto = estado.tanda.nivel_stop(self._regla), estado.tanda.objetivo(self._regla)
        avance = float((estado.libro.asentado - bajo) / (alto - bajo)) if alto > bajo else 0.0
        fila = Table.grid(padding=(0, 1))
        fila.add_row(
            Text("stop", style="red"),
            ProgressBar(total=1.0, completed=max(0.0, min(1.0, avance)), width=46, complete_style="cyan"),
            Text("meta", style="green"),
        )
        return fila

    def _ahora(self, estado: EstadoBot) -> Text:
        abierta = next((fila for fila in self.operaciones if fila.resultado is None or not fila.resultado), None)
        if estado.libro.abiertos and abierta is not None:
            faltan = self._dura_s(abierta.activo) - (self._reloj.ahora() - abierta.hora_inicio).total_seconds()
            que = f"{abierta.direccion} {abierta.activo}, prima {dinero(abierta.monto)}, paga {dinero(abierta.pago)}"
            cuando = f"se liquida en unos {duracion(faltan)}" if faltan > 0 else "esperando la liquidación"
            return Text(f"Abierto: {que}; {cuando}.", style="cyan")
        if estado.ciclo is Ciclo.PAUSADO:
            return Text("En pausa por el stop: no entra hasta que acabe la espera.", style="red")
        eleccion = self._escena.montado.decisor.eleccion
        if eleccion is not None and eleccion.cifras is not None:
            return Text(eleccion.frase(), style="dim")
        return Text("Buscando una señal que pase el umbral…", style="dim")

    def _tanda(self) -> Text:
        return Text(tanda_tipica(self._regla), style="dim")

    def _dura_s(self, simbolo: str) -> float:
        """Devuelve cuánto tarda en liquidarse: N ticks acaban en el tick N+1 tras la compra."""
        if self._contrato.unidad == "s":
            return self._contrato.duracion
        return (self._contrato.duracion + 1) * INDICES[simbolo].intervalo_s

    def _tabla(self) -> Table:
        cuadro = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Últimas operaciones", title_justify="left")
        for nombre, lado in (("Hora", "left"), ("Activo", "left"), ("Tipo", "left"), ("Prima", "right"),
                             ("Confianza", "right"), ("Resultado", "left"), ("Beneficio", "right")):  # fmt: skip
            cuadro.add_column(nombre, justify=lado)  # type: ignore[arg-type]
        for fila in self.operaciones:
            cuadro.add_row(*self._celdas(fila))
        return cuadro

    def _celdas(self, fila: Operacion) -> tuple[Any, ...]:
        beneficio: Decimal | None = fila.beneficio
        estilo = "" if beneficio is None else "green" if beneficio > 0 else "red" if beneficio < 0 else "yellow"
        inicio: datetime = fila.hora_inicio
        return (
            hora(inicio, self._zona)[11:],
            fila.activo,
            fila.direccion,
            dinero(fila.monto),
            porcentaje(fila.confianza_pct),
            Text(fila.resultado or "abierta", style=estilo),
            Text(dinero(beneficio, signo=True), style=estilo),
        )
