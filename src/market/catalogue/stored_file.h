/* stored_file: the job that takes files away that no row names. */
#ifndef KONTOR_STORED_FILE_H
#define KONTOR_STORED_FILE_H

#include "jobs/jobs.h"
#include "web/web.h"

extern const struct job stored_file_sweeper;

#endif
