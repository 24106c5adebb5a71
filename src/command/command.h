/* command: what can be typed behind `kontor`. Each takes its own name as argv[0] and
 * its arguments behind it (getopt_long works as it is), and returns the exit code: 0 done, 1 it
 * went wrong (what and what to do next is on stderr), 2 the call itself was wrong. Every command
 * knows --help. */
#ifndef KONTOR_COMMAND_H
#define KONTOR_COMMAND_H

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *about; /* one line */
};

/* The commands, in the order of the help. */
int command_init(int argc, char **argv);
int command_clock(int argc, char **argv);
void command_clock_offer(void); /* before control_start */
int command_join(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_import(int argc, char **argv);
void command_import_offer(
	void); /* before control_start: the server imports for who asks beside it */
int command_operator(int argc, char **argv);
void command_operator_offer(void); /* before control_start */
int command_policy(int argc, char **argv);
int command_keys(int argc, char **argv);
int command_breach(int argc, char **argv);
void command_breach_offer(void); /* before control_start */
int command_chain(int argc, char **argv);
void command_chain_offer(void); /* before control_start */
int command_bench(int argc, char **argv);
int command_backup(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_move(int argc, char **argv);
int command_picture(int argc, char **argv);

#endif
