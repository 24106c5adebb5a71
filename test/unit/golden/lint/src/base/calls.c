void f(void)
{
	free(malloc(1));
	system("ls");
	alloca(3);
}
