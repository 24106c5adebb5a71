void f(void)
{
	strcpy(a, b);
	x.system("strcpy(");
	p->rand();
	/* atoi( */
	// atoi(
	my_atoi(x);
	sprintf (a);
	int n = atoi("1");
	char *q = malloc(1);
	free(q);
	localtime(&t);
}
