"""Las reglas propias del bot: meta y stop dinámicos, ciclo, balance, horario y configuración."""
