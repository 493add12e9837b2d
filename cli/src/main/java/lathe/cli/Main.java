package lathe.cli;

/** Entry point of the {@code lathe} command. */
public final class Main {

    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        System.out.println("lathe " + Main.class.getPackage().getImplementationVersion());
    }
}
