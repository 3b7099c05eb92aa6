/** The kinds of channels: what each needs, in plain words. */

export interface ChannelField {
  name: "address" | "url" | "token" | "chat_id" | "topic" | "topic_id";
  label: string;
  hint?: string;
  type?: "email" | "url" | "password";
  isOptional?: boolean;
  example?: string;
}

export interface ChannelKind {
  kind: string;
  name: string;
  means: string;
  fields: ChannelField[];
}

export const CHANNEL_KINDS: ChannelKind[] = [
  {
    kind: "webhook",
    name: "Webhook",
    means: "A signed request to a program of yours.",
    fields: [{ name: "url", label: "Address", type: "url", example: "https://example.org/hooks/prices" }],
  },
  {
    kind: "telegram",
    name: "Telegram",
    means: "A message from a bot of yours.",
    fields: [
      { name: "token", label: "The bot's token", type: "password", hint: "BotFather gives it to you." },
      { name: "chat_id", label: "Chat", hint: "Its number, or @name of a public channel." },
      { name: "topic_id", label: "Topic", hint: "Optional: the number of a topic within the chat.", isOptional: true },
    ],
  },
  {
    kind: "slack",
    name: "Slack",
    means: "A message in a channel, by an incoming webhook.",
    fields: [{ name: "url", label: "The webhook's address", type: "url", example: "https://hooks.slack.com/services/…" }],
  },
  {
    kind: "discord",
    name: "Discord",
    means: "A message in a channel, by its webhook.",
    fields: [{ name: "url", label: "The webhook's address", type: "url", example: "https://discord.com/api/webhooks/…" }],
  },
  {
    kind: "ntfy",
    name: "ntfy",
    means: "A notification on your phone.",
    fields: [
      { name: "url", label: "Server", type: "url", example: "https://ntfy.sh" },
      { name: "topic", label: "Topic" },
      { name: "token", label: "Access token", type: "password", isOptional: true, hint: "Optional: where the server asks for one." },
    ],
  },
  {
    kind: "email",
    name: "Another mailbox",
    means: "A mail to another address than the account's own.",
    fields: [{ name: "address", label: "E-mail address", type: "email" }],
  },
];

export function kindNamed(kind: string): string {
  return CHANNEL_KINDS.find((known) => known.kind === kind)?.name ?? kind;
}
