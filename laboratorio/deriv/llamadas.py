"""Qué función atiende cada llamada, y cuáles no piden identificarse."""

from collections.abc import Callable, Mapping
from typing import Any

from laboratorio.deriv import llamadas_contratos, llamadas_cuenta, llamadas_mercado

Llamada = Callable[[Any, dict[str, Any]], None]

TODAS: Mapping[str, Llamada] = {
    "ping": llamadas_mercado.ping,
    "time": llamadas_mercado.hora,
    "active_symbols": llamadas_mercado.activos,
    "contracts_for": llamadas_mercado.contratos_de,
    "contracts_list": llamadas_mercado.lista_de_contratos,
    "trading_times": llamadas_mercado.horarios,
    "ticks": llamadas_mercado.ticks,
    "ticks_history": llamadas_mercado.historial,
    "website_status": llamadas_mercado.estado_sitio,
    "proposal": llamadas_contratos.proponer,
    "buy": llamadas_contratos.comprar,
    "sell": llamadas_contratos.vender,
    "proposal_open_contract": llamadas_contratos.contrato_abierto,
    "forget": llamadas_cuenta.olvidar,
    "forget_all": llamadas_cuenta.olvidar_todo,
    "authorize": llamadas_cuenta.autorizar,
    "logout": llamadas_cuenta.salir,
    "balance": llamadas_cuenta.balance,
    "transaction": llamadas_cuenta.transacciones,
    "portfolio": llamadas_cuenta.cartera,
    "statement": llamadas_cuenta.extracto,
    "profit_table": llamadas_cuenta.beneficios,
    "topup_virtual": llamadas_cuenta.reponer,
}
_DE_CUENTA = ("balance", "transaction", "portfolio", "statement", "profit_table", "topup_virtual", "buy", "sell")
PUBLICAS = frozenset(TODAS) - {*_DE_CUENTA, "proposal_open_contract"}
