import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import io.temporal.activity.ActivityOptions;
import io.temporal.authorization.AuthorizationGrpcMetadataProvider;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A worker as a user writes one, for `steady` of e2e/src/proxied/workflows.ts: ADDRESS QUEUE JOURNAL [TOKEN_FILE]. The file is read for each call. */
public class SteadyWorker {
  @ActivityInterface
  public interface Activities {
    @ActivityMethod(name = "step")
    String step(String id, double seconds);
  }

  @WorkflowInterface
  public interface Steady {
    @WorkflowMethod(name = "steady")
    String run(String id, double seconds, double heartbeatSeconds);
  }

  public static class SteadyImpl implements Steady {
    @Override
    public String run(String id, double seconds, double heartbeatSeconds) {
      ActivityOptions.Builder options =
          ActivityOptions.newBuilder().setStartToCloseTimeout(Duration.ofMinutes(5));
      if (heartbeatSeconds > 0) {
        options.setHeartbeatTimeout(Duration.ofMillis((long) (heartbeatSeconds * 1000)));
      }
      return Workflow.newActivityStub(Activities.class, options.build()).step(id, seconds);
    }
  }

  record Journal(Path path) implements Activities {
    @Override
    public String step(String id, double seconds) {
      try {
        Files.writeString(path, id + "\n", StandardOpenOption.APPEND);
        for (long turn = 0; turn < Math.max(1, Math.round(seconds * 2)); turn++) {
          Activity.getExecutionContext().heartbeat(id);
          Thread.sleep((long) (Math.min(0.5, seconds) * 1000));
        }
      } catch (IOException | InterruptedException error) {
        throw new IllegalStateException(error);
      }
      return id;
    }
  }

  public static void main(String[] args) {
    WorkflowServiceStubsOptions.Builder options = WorkflowServiceStubsOptions.newBuilder().setTarget(args[0]);
    if (args.length > 3) {
      Path token = Path.of(args[3]);
      options.addGrpcMetadataProvider(new AuthorizationGrpcMetadataProvider(() -> "Bearer " + read(token)));
    }
    WorkflowServiceStubs service = WorkflowServiceStubs.newServiceStubs(options.build());
    WorkerFactory factory = WorkerFactory.newInstance(WorkflowClient.newInstance(service));
    Worker worker = factory.newWorker(args[1]);
    worker.registerWorkflowImplementationTypes(SteadyImpl.class);
    worker.registerActivitiesImplementations(new Journal(Path.of(args[2])));
    factory.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      factory.shutdown();
      factory.awaitTermination(20, TimeUnit.SECONDS);
    }));
    System.out.println("running");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
