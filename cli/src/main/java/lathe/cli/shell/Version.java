package lathe.cli.shell;

import java.util.Optional;

/** The version of this build, from the jar's manifest. */
public final class Version {

    public static final String TEXT = Optional.ofNullable(
                    Version.class.getPackage().getImplementationVersion())
            .orElse("(unpackaged)");

    private Version() {}
}
