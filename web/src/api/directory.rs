//! People, departments and roles.

use proto::identity::v1::directory_service_client::DirectoryServiceClient;
use proto::identity::v1::{
    ArchiveDepartmentRequest, AssignRoleRequest, BatchGetUsersRequest, CreateDepartmentRequest,
    CreateRoleRequest, CreateUserRequest, DeleteRoleRequest, DeleteUserRequest, Department, GetUserRequest,
    Invitation, InviteUserRequest, InviteUserResponse, ListDepartmentsRequest, ListInvitationsRequest,
    ListInvitationsResponse, ListRolesRequest, ListUsersRequest, ListUsersResponse, ResendInvitationRequest,
    RevokeInvitationRequest, Role, RoleAssignment, SetUserStatusRequest, UnassignRoleRequest,
    UpdateDepartmentRequest, UpdateRoleRequest, UpdateUserRequest, User, UserStatus, UserView,
};

use super::{Answer, Channel, ask, channel, mask, request_id};

fn client() -> DirectoryServiceClient<Channel> {
    DirectoryServiceClient::new(channel())
}

/// A person with everything there is to know.
pub(crate) async fn person(user_id: String) -> Answer<User> {
    let asked = GetUserRequest { user_id, view: UserView::Full.into() };
    ask(asked, |asked| async move { client().get_user(asked).await }).await
}

/// Names and initials of several people at once; unknown ids are left out.
pub(crate) async fn people_by_id(user_ids: Vec<String>) -> Answer<Vec<User>> {
    let asked = BatchGetUsersRequest { user_ids, view: UserView::Basic.into() };
    ask(asked, |asked| async move { client().batch_get_users(asked).await }).await.map(|answer| answer.users)
}

/// A page of people.
pub(crate) async fn people(asked: ListUsersRequest) -> Answer<ListUsersResponse> {
    ask(asked, |asked| async move { client().list_users(asked).await }).await
}

/// Makes an account with a password.
pub(crate) async fn create_person(asked: CreateUserRequest) -> Answer<User> {
    ask(asked, |asked| async move { client().create_user(asked).await }).await
}

/// Makes an account to be opened by a link.
pub(crate) async fn invite(asked: InviteUserRequest) -> Answer<InviteUserResponse> {
    ask(asked, |asked| async move { client().invite_user(asked).await }).await
}

/// Changes the named fields of an account as it was read.
pub(crate) async fn update_person(user: User, paths: &[&str]) -> Answer<User> {
    let asked = UpdateUserRequest { user: Some(user), update_mask: Some(mask(paths)) };
    ask(asked, |asked| async move { client().update_user(asked).await }).await
}

/// Lets somebody in, or keeps them out.
pub(crate) async fn set_status(user: &User, status: UserStatus, reason: String) -> Answer<User> {
    let (user_id, etag) = (user.id.clone(), user.etag.clone());
    let asked = SetUserStatusRequest { user_id, status: status.into(), reason, etag };
    ask(asked, |asked| async move { client().set_user_status(asked).await }).await
}

/// Forgets who somebody was, for good.
pub(crate) async fn delete_person(user: &User, reason: String) -> Answer<User> {
    let asked = DeleteUserRequest { user_id: user.id.clone(), reason, etag: user.etag.clone() };
    ask(asked, |asked| async move { client().delete_user(asked).await }).await
}

/// A page of invitations, newest first.
pub(crate) async fn invitations(asked: ListInvitationsRequest) -> Answer<ListInvitationsResponse> {
    ask(asked, |asked| async move { client().list_invitations(asked).await }).await
}

/// Takes an invitation back.
pub(crate) async fn revoke_invitation(invitation_id: String) -> Answer<Invitation> {
    let asked = RevokeInvitationRequest { invitation_id };
    ask(asked, |asked| async move { client().revoke_invitation(asked).await }).await
}

/// Mails a new link for an account that still waits, and shows it.
pub(crate) async fn resend_invitation(invitation_id: String) -> Answer<InviteUserResponse> {
    let asked = ResendInvitationRequest { request_id: request_id(), invitation_id, message: String::new() };
    ask(asked, |asked| async move { client().resend_invitation(asked).await }).await
}

/// All departments, parents before children; the archived ones only if wanted.
pub(crate) async fn departments(include_archived: bool) -> Answer<Vec<Department>> {
    let asked = ListDepartmentsRequest { include_archived };
    ask(asked, |asked| async move { client().list_departments(asked).await })
        .await
        .map(|answer| answer.departments)
}

/// Makes a department; the same `request_id` never makes two.
pub(crate) async fn create_department(department: Department, request_id: String) -> Answer<Department> {
    let asked = CreateDepartmentRequest { request_id, department: Some(department) };
    ask(asked, |asked| async move { client().create_department(asked).await }).await
}

/// Renames a department, describes it, moves it below another.
pub(crate) async fn update_department(department: Department) -> Answer<Department> {
    let update_mask = Some(mask(&["display_name", "description", "parent_id"]));
    let asked = UpdateDepartmentRequest { department: Some(department), update_mask };
    ask(asked, |asked| async move { client().update_department(asked).await }).await
}

/// Closes a department for anything new.
pub(crate) async fn archive_department(department: &Department) -> Answer<Department> {
    let asked =
        ArchiveDepartmentRequest { department_id: department.id.clone(), etag: department.etag.clone() };
    ask(asked, |asked| async move { client().archive_department(asked).await }).await
}

/// All roles, the built-in ones first.
pub(crate) async fn roles() -> Answer<Vec<Role>> {
    ask(ListRolesRequest {}, |asked| async move { client().list_roles(asked).await })
        .await
        .map(|answer| answer.roles)
}

/// Makes a role; the same `request_id` never makes two.
pub(crate) async fn create_role(role: Role, request_id: String) -> Answer<Role> {
    let asked = CreateRoleRequest { request_id, role: Some(role) };
    ask(asked, |asked| async move { client().create_role(asked).await }).await
}

/// Changes the named fields of a role of one's own making.
pub(crate) async fn update_role(role: Role, paths: &[&str]) -> Answer<Role> {
    let asked = UpdateRoleRequest { role: Some(role), update_mask: Some(mask(paths)) };
    ask(asked, |asked| async move { client().update_role(asked).await }).await
}

/// Deletes a role nobody holds.
pub(crate) async fn delete_role(role: &Role) -> Answer<()> {
    let asked = DeleteRoleRequest { role_id: role.id.clone(), etag: role.etag.clone() };
    ask(asked, |asked| async move { client().delete_role(asked).await }).await
}

/// Gives somebody a role, everywhere when the department is empty.
pub(crate) async fn assign_role(
    user_id: String,
    role_id: String,
    department_id: String,
) -> Answer<RoleAssignment> {
    let asked = AssignRoleRequest { request_id: request_id(), user_id, role_id, department_id };
    ask(asked, |asked| async move { client().assign_role(asked).await }).await
}

/// Takes a role back.
pub(crate) async fn unassign_role(role_assignment_id: String) -> Answer<()> {
    let asked = UnassignRoleRequest { role_assignment_id };
    ask(asked, |asked| async move { client().unassign_role(asked).await }).await
}
