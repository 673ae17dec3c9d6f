/** So many tokens of a source, the newest ones, are kept, offered and remembered: of a day's life, and refreshed again and again, there would be more and more. */
export const maxTokens = 50;
