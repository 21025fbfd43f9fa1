import { defineStore } from 'pinia'
import { shallowRef, type Component } from 'vue'

/** What can be done with the open ticket, for who types it into the palette. */
export interface TicketCommand {
  id: string
  label: string
  icon: Component
  run: () => void
}

/** The commands of the ticket that is open; the page that shows it offers them. */
export const useTicketCommands = defineStore('ticketCommands', () => {
  const commands = shallowRef<readonly TicketCommand[]>([])
  return { commands }
})
