package lathe.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.commands.Commands;
import lathe.cli.shell.CommandOption;
import org.junit.jupiter.api.Test;

class StepTest {

    /** Options that say where a result goes, or how fast it comes, and leave its bytes as they are. */
    private static final Set<String> OF_THE_RUN = Set.of(
            "output", "report", "force", "dry-run", "explain", "jobs", "config", "no-timing", "threads", "max-memory");

    @Test
    void everyOptionThatChangesTheResultBelongsToExactlyOneStep() {
        List<String> ofSteps =
                Stream.of(Step.values()).flatMap(step -> step.all().stream()).toList();
        Set<String> options = Commands.named("compress").options().stream()
                .map(CommandOption::name)
                .filter(name -> !OF_THE_RUN.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(options, new TreeSet<>(ofSteps));
        assertEquals(options.size(), ofSteps.size(), "an option is in two steps: " + ofSteps);
    }

    @Test
    void whatLeavingAStepOutSetsIsOneOfItsOptions() {
        for (Step step : Step.values()) {
            step.leftOut().ifPresent(set -> assertTrue(step.all().contains(set.getKey()), set::toString));
        }
    }
}
