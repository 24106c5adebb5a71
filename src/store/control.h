/* control: commands typed beside a running server are done by that server, over DIR/kontor.sock.
 *
 * A request is its words; the answer is lines of text and an exit code. The socket has mode 0600
 * and takes only processes of the same user. */
#ifndef KONTOR_STORE_CONTROL_H
#define KONTOR_STORE_CONTROL_H

#include "store.h"

#include <stdio.h>

struct control_reply;
/* Says a line to whoever asked (progress, or the answer). */
void control_say(struct control_reply *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same as a callback: `reply` is the struct control_reply. */
void control_line(void *reply, const char *line);
/* A command: its exit code. May fault: the asker gets what is wrong, and 1. Runs on a thread of its
 * own; several may run at once. */
typedef int (*control_fn)(struct store *s, int argc, char **argv, struct control_reply *r);

/* Before control_start. There are already: status, stop, backup FILE, keys rotate. */
void control_command(const char *name, control_fn run);
/* Listens until control_stop, which waits for commands that are running. */
void control_start(struct store *s);
void control_stop(struct store *s);

/* Asks the server of `dir`; lines go to `out`. Returns the exit code, or -1 when no server runs. */
int control_ask(const char *dir, int argc, const char *const *argv, FILE *out);

/* What whoever rotated the master key of a shared key store must do now. */
extern const char store_keys_rotated_words[];

#endif
